// Calls every operation of the schema registry through the AWS SDK for JavaScript, as an application would.
// Argument: the endpoint. Says a line a scenario; exit code 0 when all passed.
'use strict';

const assert = require('node:assert/strict');
const sdk = require('@aws-sdk/client-glue');
const { OPERATIONS, Registry, definition, subset } = require('./registry.js');

const MANY = 60;
const START = 'arn:aws:glue:us-east-1:000000000000';

/** Create, get, update, list, delete. */
async function registries(on) {
  const made = await on.call('CreateRegistry', { RegistryName: 'one', Description: '', Tags: { a: 'b' } });
  subset(made, { RegistryName: 'one', RegistryArn: `${START}:registry/one`, Description: '', Tags: { a: 'b' } });
  await on.call('UpdateRegistry', { RegistryId: { RegistryArn: made.RegistryArn }, Description: 'new' });
  const shown = await on.call('GetRegistry', { RegistryId: { RegistryName: 'one' } });
  subset(shown, { Status: sdk.RegistryStatus.AVAILABLE, Description: 'new' });
  assert.equal(typeof shown.CreatedTime, 'string');
  assert.ok(shown.UpdatedTime >= shown.CreatedTime && Date.parse(shown.UpdatedTime));
  const listed = await on.call('ListRegistries', { MaxResults: 1 });
  assert.equal(listed.Registries.length, 1);
  await on.refused('AlreadyExistsException', 'Registry already exists. RegistryName: one', 'CreateRegistry', { RegistryName: 'one' });
  await on.refused('InvalidInputException', 'Parameter Name: registryName', 'CreateRegistry', { RegistryName: 'a b' });
  subset(await on.call('DeleteRegistry', { RegistryId: { RegistryName: 'one' } }), { Status: 'DELETING' });
  await on.refused('EntityNotFoundException', 'Registry is not found. RegistryName: one', 'GetRegistry', { RegistryId: { RegistryName: 'one' } });
}

/** Create, get, update, delete. */
async function schemas(on) {
  const { SchemaId } = await on.schema('schemas', 's', 2);
  const SchemaArn = `${START}:schema/schemas/s`;
  subset(await on.call('GetSchema', { SchemaId: { SchemaArn } }), {
    SchemaCheckpoint: 1, LatestSchemaVersion: 2, NextSchemaVersion: 3, SchemaStatus: 'AVAILABLE', DataFormat: 'AVRO', Compatibility: 'BACKWARD',
  });
  await on.call('UpdateSchema', { SchemaId, SchemaVersionNumber: { LatestVersion: true }, Compatibility: 'DISABLED', Description: 'd' });
  subset(await on.call('GetSchema', { SchemaId }), { SchemaCheckpoint: 2, Compatibility: 'DISABLED', Description: 'd' });
  await on.refused('InvalidInputException', 'Compatibility DISABLED does not allow versioning.', 'RegisterSchemaVersion',
    { SchemaId, SchemaDefinition: definition('x') });
  const same = { RegistryId: { RegistryName: 'schemas' }, DataFormat: 'AVRO', Compatibility: 'NONE' };
  await on.refused('AlreadyExistsException', 'Schema already exists. SchemaName: s', 'CreateSchema',
    { ...same, SchemaName: 's', SchemaDefinition: definition() });
  await on.refused('InvalidInputException', 'Schema definition of AVRO data format is invalid: ', 'CreateSchema',
    { ...same, SchemaName: 't', SchemaDefinition: '{' });
  subset(await on.call('DeleteSchema', { SchemaId }), { SchemaArn, SchemaName: 's', Status: 'DELETING' });
  await on.refused('EntityNotFoundException', 'Schema is not found. RegistryName: schemas', 'GetSchema', { SchemaId });
}

/** Register, look up in every way, refuse, compare, check, delete. */
async function versions(on) {
  const { SchemaId, ids } = await on.schema('versions', 's', 4);
  const first = definition('f1');
  subset(await on.call('RegisterSchemaVersion', { SchemaId, SchemaDefinition: first }), { SchemaVersionId: ids[0], VersionNumber: 1 });
  subset(await on.call('GetSchemaVersion', { SchemaVersionId: ids[0] }), { SchemaDefinition: first, VersionNumber: 1, Status: 'AVAILABLE' });
  subset(await on.call('GetSchemaVersion', { SchemaId, SchemaVersionNumber: { LatestVersion: true } }), { SchemaVersionId: ids[3] });
  subset(await on.call('GetSchemaByDefinition', { SchemaId, SchemaDefinition: first }), { SchemaVersionId: ids[0], Status: 'AVAILABLE' });
  const long = first.replace('"string","default":""', '"long"').replace('f1', 'f9');
  const failed = await on.call('RegisterSchemaVersion', { SchemaId, SchemaDefinition: long });
  assert.equal(failed.Status, sdk.SchemaVersionStatus.FAILURE);
  subset(await on.call('GetSchemaVersion', { SchemaVersionId: failed.SchemaVersionId }), { Status: 'FAILURE', SchemaDefinition: long });
  await on.refused('EntityNotFoundException', 'Schema version is not found.', 'GetSchemaByDefinition',
    { SchemaId, SchemaDefinition: definition('other') });
  await on.refused('EntityNotFoundException', 'Schema is not found.', 'GetSchemaByDefinition',
    { SchemaId: { RegistryName: 'nowhere', SchemaName: 's' }, SchemaDefinition: first });
  const diff = await on.call('GetSchemaVersionsDiff', {
    SchemaId, FirstSchemaVersionNumber: { VersionNumber: 1 }, SecondSchemaVersionNumber: { VersionNumber: 2 }, SchemaDiffType: 'SYNTAX_DIFF',
  });
  assert.deepEqual(JSON.parse(diff.Diff), [{ op: 'add', path: '/fields/1', value: { name: 'f2', type: 'string', default: '' } }]);
  assert.equal((await on.call('CheckSchemaVersionValidity', { DataFormat: 'AVRO', SchemaDefinition: first })).Valid, true);
  const checked = await on.call('CheckSchemaVersionValidity', { DataFormat: 'JSON', SchemaDefinition: '{"type": "nothing"}' });
  assert.ok(checked.Valid === false && checked.Error);
  await on.refused('InvalidInputException', 'checkpoint', 'DeleteSchemaVersions', { SchemaId, Versions: '1-2' });
  const gone = (await on.call('DeleteSchemaVersions', { SchemaId, Versions: '4-7' })).SchemaVersionErrors;
  assert.deepEqual(gone.map((item) => item.ErrorDetails.ErrorCode).slice(-1), ['EntityNotFoundException']);
  await on.refused('EntityNotFoundException', `Schema version is not found. SchemaVersionId: ${ids[3]}`, 'GetSchemaVersion',
    { SchemaVersionId: ids[3] });
}

/** Put, query, remove, and the limit of ten. */
async function metadata(on) {
  const { SchemaId, ids } = await on.schema('metadata', 's');
  const [SchemaVersionId] = ids;
  for (let number = 0; number < 10; number += 1) {
    const MetadataKeyValue = { MetadataKey: `k${number % 5}`, MetadataValue: `v${number}` };
    const put = await on.call('PutSchemaVersionMetadata', { SchemaId, SchemaVersionNumber: { VersionNumber: 1 }, MetadataKeyValue });
    subset(put, { SchemaName: 's', RegistryName: 'metadata', LatestVersion: false, VersionNumber: 1, ...MetadataKeyValue });
  }
  await on.refused('ResourceNumberLimitExceededException', 'Schema Version Metadata', 'PutSchemaVersionMetadata',
    { SchemaVersionId, MetadataKeyValue: { MetadataKey: 'more', MetadataValue: 'v' } });
  const found = await on.call('QuerySchemaVersionMetadata', { SchemaVersionId, MetadataList: [{ MetadataKey: 'k1' }] });
  assert.deepEqual(Object.keys(found.MetadataInfoMap), ['k1']);
  assert.equal(found.MetadataInfoMap.k1.MetadataValue, 'v6');
  assert.deepEqual(found.MetadataInfoMap.k1.OtherMetadataValueList.map((item) => item.MetadataValue), ['v1']);
  const pair = { SchemaVersionId, MetadataKeyValue: { MetadataKey: 'k1', MetadataValue: 'v6' } };
  await on.call('RemoveSchemaVersionMetadata', { SchemaVersionId, MetadataKeyValue: { MetadataKey: 'k0', MetadataValue: 'v0' } });
  await on.refused('AlreadyExistsException', `Resource already exist for schema version id: ${SchemaVersionId}`, 'PutSchemaVersionMetadata', pair);
  await on.call('RemoveSchemaVersionMetadata', pair);
  await on.refused('EntityNotFoundException', 'Metadata is not found.', 'RemoveSchemaVersionMetadata', pair);
}

/** Tag, untag, of a registry and of a schema. */
async function tags(on) {
  await on.schema('tags', 's');
  for (const ResourceArn of [`${START}:registry/tags`, `${START}:schema/tags/s`]) {
    await on.call('TagResource', { ResourceArn, TagsToAdd: { a: '1', b: '' } });
    await on.call('UntagResource', { ResourceArn, TagsToRemove: ['a'] });
    assert.deepEqual((await on.call('GetTags', { ResourceArn })).Tags, { b: '' });
  }
  await on.refused('EntityNotFoundException', 'Registry is not found. RegistryArn: ', 'GetTags', { ResourceArn: `${START}:registry/none` });
  const TagsToAdd = Object.fromEntries(Array.from({ length: 51 }, (_, number) => [`${number}`, '']));
  await on.refused('InvalidInputException', 'New Tags', 'TagResource', { ResourceArn: `${START}:registry/tags`, TagsToAdd });
}

/** Paginators see everything, once and in order. */
async function pages(on) {
  const { SchemaId, ids } = await on.schema('pages', 's', MANY);
  const RegistryId = { RegistryName: 'pages' };
  const names = Array.from({ length: MANY - 1 }, (_, number) => `t${String(number).padStart(2, '0')}`);
  for (const SchemaName of names) {
    await on.call('CreateSchema', { RegistryId, SchemaName, DataFormat: 'JSON', Compatibility: 'NONE', SchemaDefinition: '{}' });
    await on.call('CreateRegistry', { RegistryName: `page-${SchemaName}` });
  }
  const everything = async (paginate, member, name, request) => {
    const sizes = [];
    const all = [];
    for await (const page of paginate({ client: on.glue }, request)) {
      sizes.push(page[member].length);
      all.push(...page[member].map((item) => item[name]));
    }
    assert.ok(sizes.length >= 3 && Math.max(...sizes) <= 25, `pages of ${sizes}`);
    return all;
  };
  assert.deepEqual(await everything(sdk.paginateListSchemaVersions, 'Schemas', 'SchemaVersionId', { SchemaId }), ids.toReversed());
  assert.deepEqual(await everything(sdk.paginateListSchemas, 'Schemas', 'SchemaName', { RegistryId }), ['s', ...names]);
  const found = await everything(sdk.paginateListRegistries, 'Registries', 'RegistryName', {});
  assert.ok(found.length >= MANY);
  assert.deepEqual(found, [...new Set(found)].sort());
  await on.refused('InvalidInputException', '', 'ListSchemas', { RegistryId, NextToken: 'not one of ours' });
}

/** What is in one region is not in another. */
async function regions(on) {
  const { ids } = await on.schema('regions', 's');
  const elsewhere = on.client('eu-west-1');
  assert.deepEqual((await elsewhere.send(new sdk.ListRegistriesCommand({}))).Registries, []);
  const request = new sdk.GetSchemaVersionCommand({ SchemaVersionId: ids[0] });
  await assert.rejects(elsewhere.send(request), sdk.EntityNotFoundException);
}

/** A fault of the service is the SDK's class for it, and the SDK's own retries get over it. */
async function faults(on) {
  const set = (method, body) => fetch(`${on.endpoint}/_stub/faults`, { method, body });
  await set('PUT', JSON.stringify({ broken: { errors: 100, operations: ['ListRegistries'] } }));
  const error = await on.refused('InternalServiceException', '', 'ListRegistries', {}, 500);
  assert.equal(error.$fault, 'server');
  await set('PUT', JSON.stringify({ narrow: { throttle: '5/s', burst: 1, operations: ['ListRegistries'] } }));
  const patient = new sdk.GlueClient({ region: 'us-east-1', endpoint: on.endpoint, maxAttempts: 10 });
  const answers = await Promise.all([1, 2, 3].map(() => patient.send(new sdk.ListRegistriesCommand({}))));
  assert.ok(answers.some((answer) => answer.$metadata.attempts > 1), 'nothing was tried again');
  await set('DELETE');
}

/** Nothing was left out. */
async function everyOperation(on) {
  assert.equal(OPERATIONS.length, 23);
  assert.deepEqual(OPERATIONS.filter((name) => !on.called.has(name)), []);
}

/** Runs all scenarios. */
async function main() {
  const on = new Registry(process.argv[2]);
  for (const scenario of [registries, schemas, versions, metadata, tags, pages, regions, faults, everyOperation]) {
    try {
      await scenario(on);
      console.log(`ok    javascript-${scenario.name}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`FAIL  javascript-${scenario.name}: ${error}`);
      console.error(error);
    }
  }
}

main();
