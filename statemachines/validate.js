// Checks definitions with asl-validator: each line of the standard input is one definition as
// JSON, each line of the standard output the list of its errors.
import { createInterface } from "node:readline";
import validate from "asl-validator";

const options = { checkPaths: true, checkArn: true };

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(validate(JSON.parse(line), options).errors));
}
