/** As much of XML and of XML Schema as the schema of XES uses: elements, attributes, sequences, choices, groups, extensions; no namespaces. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
}

/** @throws Error for what is not well-formed */
export function parseXml(text: string): XmlElement {
  const root = { name: '', attributes: attributesOf(''), children: [] as XmlElement[] };
  const open: (typeof root)[] = [root];
  const body = text.replace(/^<\?xml[^?]*\?>/, '').replace(/<!--[\s\S]*?-->/g, '');
  let at = 0;
  for (const match of body.matchAll(/<(\/?)([A-Za-z_][\w:.-]*)((?:\s+[A-Za-z_][\w:.-]*="[^"<]*")*)\s*(\/?)>/g)) {
    const [whole, end, name = '', attributes = '', empty] = match;
    if (body.slice(at, match.index).trim() !== '') throw new Error(`Not an element: ${body.slice(at, match.index).slice(0, 80)}`);
    at = match.index + whole.length;
    if (end === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes another element`);
      continue;
    }
    const element = { name, attributes: attributesOf(attributes), children: [] as XmlElement[] };
    open.at(-1)?.children.push(element);
    if (empty !== '/') open.push(element);
  }
  const [only, ...others] = root.children;
  if (open.length !== 1 || only === undefined || others.length > 0 || body.slice(at).trim() !== '')
    throw new Error('Not one element');
  return only;
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  const named = [...text.matchAll(/([A-Za-z_][\w:.-]*)="([^"]*)"/g)];
  return new Map(
    named.map(([, name = '', value = '']) => {
      if (/&(?!(amp|lt|gt|quot|apos|#\d+);)/.test(value)) throw new Error(`Not escaped: ${value}`);
      return [name, value];
    }),
  );
}

const simpleTypes: { readonly [type: string]: RegExp } = {
  'xs:string': /^/,
  'xs:token': /^(\S+( \S+)*)?$/,
  'xs:anyURI': /^\S+$/,
  'xs:NCName': /^[A-Za-z_][\w.-]*$/,
  'xs:Name': /^[A-Za-z_:][\w:.-]*$/,
  'xs:decimal': /^[+-]?\d+(\.\d+)?$/,
  'xs:long': /^[+-]?\d{1,19}$/,
  'xs:double': /^([+-]?\d+(\.\d+)?([eE][+-]?\d+)?|NaN|-?INF)$/,
  'xs:boolean': /^(true|false|0|1)$/,
  'xs:dateTime': /^-?\d{4,}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?$/,
};

interface Model {
  /** Over the names of children, each followed by a comma. */
  readonly content: string;
  readonly children: ReadonlyMap<string, string>;
  readonly attributes: readonly { readonly name: string; readonly type: string; readonly required: boolean }[];
}

/** What of a document the schema does not allow. */
export function schemaFaults(schemaText: string, documentText: string): readonly string[] {
  const schema = parseXml(schemaText);
  const root = parseXml(documentText);
  const rootType = schema.children.find(({ name, attributes }) => name === 'xs:element' && attributes.get('name') === root.name);
  if (rootType === undefined) return [`${root.name} is no element of the schema`];
  const models = new Map<string, Model>();
  const modelOf = (type: string): Model => {
    const known = models.get(type) ?? modelIn(schema, named(schema, 'xs:complexType', type));
    models.set(type, known);
    return known;
  };
  const faults: string[] = [];
  const check = (element: XmlElement, type: string, path: string): void => {
    const { content, children, attributes } = modelOf(type);
    const names = element.children.map(({ name }) => `${name},`).join('');
    if (!new RegExp(`^${content}$`).test(names)) faults.push(`${path}: ${names.slice(0, 80)} is not ${content}`);
    for (const { name, type: simple, required } of attributes) {
      const value = element.attributes.get(name);
      if (value === undefined ? required : simpleTypes[simple]?.test(value) !== true)
        faults.push(`${path}/@${name}: ${value} is no ${simple}`);
    }
    for (const name of element.attributes.keys())
      if (!attributes.some((one) => one.name === name)) faults.push(`${path}/@${name} is no attribute of ${type}`);
    element.children.forEach((child, at) => {
      const childType = children.get(child.name);
      if (childType !== undefined) check(child, childType, `${path}/${child.name}[${at}]`);
    });
  };
  check(root, rootType.attributes.get('type') ?? '', root.name);
  return faults;
}

function named(schema: XmlElement, kind: string, name: string | undefined): XmlElement {
  const found = schema.children.find((one) => one.name === kind && one.attributes.get('name') === name);
  if (found === undefined) throw new Error(`The schema has no ${kind} ${name}`);
  return found;
}

function modelIn(schema: XmlElement, part: XmlElement): Model {
  const parts = part.children.map((child): Model => {
    const { name, attributes } = child;
    switch (name) {
      case 'xs:attribute':
        return {
          content: '',
          children: new Map(),
          attributes: [
            {
              name: attributes.get('name') ?? '',
              type: attributes.get('type') ?? '',
              required: attributes.get('use') === 'required',
            },
          ],
        };
      case 'xs:element':
        return {
          content: `(${attributes.get('name')},)${occurs(attributes)}`,
          children: new Map([[attributes.get('name') ?? '', attributes.get('type') ?? '']]),
          attributes: [],
        };
      case 'xs:group':
        return modelIn(schema, named(schema, 'xs:group', attributes.get('ref')));
      case 'xs:extension': {
        const base = modelIn(schema, named(schema, 'xs:complexType', attributes.get('base')));
        return joined([base, modelIn(schema, child)]);
      }
      case 'xs:choice': {
        const options = child.children.map((option) => modelIn(schema, { ...child, children: [option] }));
        return { ...joined(options), content: `(${options.map(({ content }) => content).join('|')})${occurs(attributes)}` };
      }
      case 'xs:sequence':
      case 'xs:complexContent':
        return modelIn(schema, child);
      default:
        throw new Error(`The schema uses ${name}, which is not understood`);
    }
  });
  return joined(parts);
}

function joined(parts: readonly Model[]): Model {
  return {
    content: parts.map(({ content }) => content).join(''),
    children: new Map(parts.flatMap(({ children }) => [...children])),
    attributes: parts.flatMap(({ attributes }) => attributes),
  };
}

function occurs(attributes: ReadonlyMap<string, string>): string {
  const least = attributes.get('minOccurs') === '0' ? 0 : 1;
  const most = attributes.get('maxOccurs') === 'unbounded' ? '' : '1';
  return `{${least},${most}}`;
}
