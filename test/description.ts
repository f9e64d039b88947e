/** The API's own description, as `GET /openapi.json` gives it, as far as tests read it. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly pattern?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

export interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema?: Schema }[];
  readonly requestBody?: { readonly content: { readonly [type: string]: { readonly schema: Schema } } };
}

export interface Description {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: { readonly schemas: { readonly [name: string]: Schema } };
}

export interface Route {
  /** `POST /cases/{caseId}/record-interview`. */
  readonly route: string;
  readonly operation: Operation;
}

export function routesIn({ paths }: Description): readonly Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, operation })),
  );
}

/** What a reference stands for. */
export function resolved({ components }: Description, schema: Schema | undefined): Schema | undefined {
  // A reference that is described stands so.
  const name = (schema?.$ref ?? schema?.allOf?.[0]?.$ref)?.split('/').at(-1);
  return name === undefined ? schema : components.schemas[name];
}
