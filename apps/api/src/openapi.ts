/** The OpenAPI document, made from the request classes: one path a command, so that a client is typed by it. */
import { type INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { commandSentences } from '#domain/case/sentences.js';
import { commandRequests, kebab, type SentCommandType } from './requests.js';

const GENERIC_PATH = '/cases/{caseId}/{command}';
const REFUSALS: { readonly [status: string]: string } = {
  '400': 'Malformed',
  '401': 'Not signed in',
  '403': 'Role may not',
  '404': 'Unknown or out of scope',
  '409': 'Idempotency-Key used with another body',
  '412': 'The case has changed: current revision and what happened since',
  '413': 'Body over 1 MB',
  '415': 'Not application/json',
  '422': 'Refused by a rule: code, reason, legalBasis',
  '428': 'No If-Match',
  '503': 'A dependency is away; Retry-After says when',
};

export function buildOpenApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Tegas')
    .setDescription(
      'Case workflow for determining citizenship and immigration status. Every error is application/problem+json (RFC 9457).',
    )
    .setVersion('0.1.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, config, { extraModels: Object.values(commandRequests) });
  const generic = document.paths[GENERIC_PATH]?.post;
  delete document.paths[GENERIC_PATH];
  document.components = { ...document.components, schemas: { ...document.components?.schemas, Problem: problemSchema } };
  const refusals = Object.fromEntries(
    Object.entries(REFUSALS).map(([status, description]) => [status, { description, content: problemContent }]),
  );
  for (const [command, request] of Object.entries(commandRequests) as [SentCommandType, new () => object][]) {
    document.paths[`/cases/{caseId}/${kebab(command)}`] = {
      post: {
        ...generic,
        operationId: kebab(command),
        summary: commandSentences[command].en,
        tags: ['cases'],
        parameters: [
          { name: 'caseId', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
          { name: 'If-Match', in: 'header', required: true, schema: { type: 'string' }, example: '"3"' },
          { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string' } },
        ],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: `#/components/schemas/${request.name}` } } },
        },
        responses: { '200': { description: 'Recorded: revision (also the ETag) and position' }, ...refusals },
      },
    };
  }
  for (const item of Object.values(document.paths))
    for (const operation of [item.get, item.post])
      if (operation !== undefined) operation.responses = { ...refusalsFor(operation.security, refusals), ...operation.responses };
  return document;
}

function refusalsFor(security: unknown, refusals: OpenAPIObject['paths'][string]): object {
  return security === undefined ? {} : refusals;
}

const problemContent = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

const text = {
  type: 'object' as const,
  properties: { id: { type: 'string' as const }, en: { type: 'string' as const } },
  required: ['id', 'en'],
};
const problemSchema = {
  type: 'object' as const,
  required: ['type', 'title', 'status', 'detail', 'code', 'reason', 'correlationId'],
  properties: {
    type: { type: 'string' as const },
    title: { type: 'string' as const },
    status: { type: 'integer' as const },
    detail: { type: 'string' as const },
    code: { type: 'string' as const },
    reason: text,
    legalBasis: {
      type: 'array' as const,
      items: { type: 'object' as const, properties: { act: { type: 'string' as const }, article: { type: 'string' as const } } },
    },
    correlationId: { type: 'string' as const },
  },
};
