// The client, and what each scenario needs: checks, refusals by class, a schema with versions.
'use strict';

const assert = require('node:assert/strict');
const sdk = require('@aws-sdk/client-glue');

// The commands of the schema registry, by the names of their operations.
const OPERATIONS = Object.keys(sdk)
  .filter((name) => name.endsWith('Command') && /Schema|Registr|GetTags|TagResource|UntagResource/.test(name))
  .map((name) => name.slice(0, -'Command'.length))
  .filter((name) => name !== 'GetUnfilteredTableMetadata');

class Registry {
  constructor(endpoint) {
    this.endpoint = endpoint;
    this.called = new Set();
    this.glue = this.client('us-east-1');
  }

  /** A client of a region that notes which operations it calls. It tries once: a refusal is an answer. */
  client(region) {
    const glue = new sdk.GlueClient({ region, endpoint: this.endpoint, maxAttempts: 1 });
    const note = (next, context) => (call) => {
      this.called.add(context.commandName.replace(/Command$/, ''));
      return next(call);
    };
    glue.middlewareStack.add(note, { step: 'initialize' });
    return glue;
  }

  /** Calls an operation. */
  call(operation, request = {}) {
    return this.glue.send(new sdk[`${operation}Command`](request));
  }

  /** Calls an operation that must fail with this class of the SDK, this status and a message that has this in it. */
  async refused(exception, message, operation, request, status = 400) {
    const error = await this.call(operation, request).then(
      (answer) => assert.fail(`${operation} gave ${JSON.stringify(answer)}`),
      (thrown) => thrown,
    );
    assert.ok(error instanceof sdk[exception], `${operation}: ${error} is not ${exception}`);
    assert.ok(error instanceof sdk.GlueServiceException);
    assert.equal(error.name, exception);
    assert.equal(error.$metadata.httpStatusCode, status, operation);
    // The members of the model are there: the SDK found `Message` in the answer.
    const told = error.Message ?? error.message;
    assert.ok(told.includes(message), `${operation}: "${told}" has no "${message}"`);
    return error;
  }

  /** A registry with a schema of so many versions; the schema's id and the versions' ids. */
  async schema(registry, name, versions = 1) {
    await this.call('CreateRegistry', { RegistryName: registry });
    const first = await this.call('CreateSchema', {
      RegistryId: { RegistryName: registry }, SchemaName: name, DataFormat: 'AVRO', Compatibility: 'BACKWARD', SchemaDefinition: definition('f1'),
    });
    const SchemaId = { RegistryName: registry, SchemaName: name };
    const ids = [first.SchemaVersionId];
    for (let count = 2; count <= versions; count += 1) {
      const fields = Array.from({ length: count }, (_, index) => `f${index + 1}`);
      const made = await this.call('RegisterSchemaVersion', { SchemaId, SchemaDefinition: definition(...fields) });
      ids.push(made.SchemaVersionId);
    }
    return { SchemaId, ids };
  }
}

/** An Avro record with these fields. */
function definition(...fields) {
  return JSON.stringify({ type: 'record', name: 'Order', fields: fields.map((name) => ({ name, type: 'string', default: '' })) });
}

/** Fails unless the answer has these members. */
function subset(found, wanted) {
  for (const [member, value] of Object.entries(wanted)) {
    assert.deepEqual(found[member], value, member);
  }
}

module.exports = { OPERATIONS, Registry, definition, subset };
