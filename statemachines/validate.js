// Checks definitions with the two validators that npm has: each line of the standard input is one
// definition, as a JSON string of its text; each line of the standard output is what they say,
// {"asl-validator": […], "amazon-states-language-service": […]}.
import { createInterface } from "node:readline";
import Ajv from "ajv";
import validate from "asl-validator";
import languageService from "amazon-states-language-service";

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
const service = languageService.getLanguageService({});

// Either may stumble over a definition that is none at all: that is a refusal too.
function aslValidator(text) {
  try {
    return validate(JSON.parse(text), options).errors.map((error) => error.Message);
  } catch (error) {
    return [String(error)];
  }
}

async function languageServiceOf(text) {
  const document = languageService.TextDocument.create("machine.asl", "asl", 1, text);
  const found = await service.doValidation(document, service.parseJSONDocument(document));
  return found.map((one) => one.message);
}

for await (const line of createInterface({ input: process.stdin })) {
  const text = JSON.parse(line);
  const found = {
    "asl-validator": aslValidator(text),
    "amazon-states-language-service": await languageServiceOf(text),
  };
  console.log(JSON.stringify(found));
}
