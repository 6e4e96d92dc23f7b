/** What makes an OpenAPI document a wrong one. */
import type { OpenAPIObject } from '@nestjs/swagger';

type Node = Readonly<Record<string, unknown>>;

/** Every place of `document` that points to nothing, and every response, parameter or schema that lacks what OpenAPI 3.0 requires. */
export function faultsOf(document: OpenAPIObject): string[] {
  const faults: string[] = [];
  for (const ref of refsIn(document)) if (targetOf(document, ref) === undefined) faults.push(`nothing is at ${ref}`);
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods as Readonly<Record<string, Node>>)) {
      const place = `${method} ${path}`;
      const { parameters = [], responses = {} } = operation as { parameters?: Node[]; responses?: Record<string, Node> };
      const named = parameters.map(({ in: where, name }) => `${String(where)} ${String(name)}`);
      if (new Set(named).size < named.length) faults.push(`${place} names a parameter twice`);
      if (parameters.some(({ schema, content }) => (schema === undefined) === (content === undefined)))
        faults.push(`${place} has a parameter without one schema`);
      for (const [status, { description }] of Object.entries(responses)) {
        if (!/^([1-5]\d\d|default)$/.test(status)) faults.push(`${place} answers ${status}`);
        if (typeof description !== 'string') faults.push(`${place} does not describe ${status}`);
      }
    }
  }
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    const { required = [], properties = {} } = schema as { required?: string[]; properties?: Node };
    for (const property of required) if (!(property in properties)) faults.push(`${name} requires ${property}, which it has not`);
  }
  return faults;
}

/** Whatever is referred to below `node`, as often as it is. */
export function refsIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) => (name === '$ref' ? [String(value)] : refsIn(value)));
}

function targetOf(document: object, ref: string): unknown {
  const names = ref.split('/').slice(1);
  return names.reduce<unknown>((node, name) => (node as Node | undefined)?.[name], ref.startsWith('#/') ? document : undefined);
}
