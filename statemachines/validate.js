// Checks definitions with asl-validator: each line of the standard input is one definition as
// JSON, each line of the standard output the list of its errors.
import { createInterface } from "node:readline";
import Ajv from "ajv";
import validate from "asl-validator";

// asl-validator builds its schemas anew for each definition, which takes a hundred milliseconds.
// The first built serve for all: the options are the same.
const validateWith = Ajv.default.prototype.validate;
let first;
Ajv.default.prototype.validate = function (schema, definition) {
  first ??= this;
  const valid = validateWith.call(first, schema, definition);
  this.errors = first.errors;
  return valid;
};

const options = { checkPaths: true, checkArn: true };

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(validate(JSON.parse(line), options).errors));
}
