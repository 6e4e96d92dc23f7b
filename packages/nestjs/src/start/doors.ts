/** What calls a method, as far as its metadata tell: for errors that name it. Pure. */

/** Under these keys frameworks keep what their decorators declare of a method. */
const OF_METHODS: readonly (readonly [key: string, words: string])[] = [
  ['graphql:resolver_type', 'a GraphQL resolver'],
  ['graphql:resolve_property', 'a GraphQL resolver'],
  ['graphql:resolve_reference', 'a GraphQL resolver'],
  ['microservices:pattern', 'a handler of messages or events'],
  ['websockets:message_mapping', 'a handler of WebSocket messages'],
  ['SCHEDULER_TYPE', 'a scheduled method'],
  ['EVENT_LISTENER_METADATA', 'an event listener'],
  ['bull:module_queue_process', 'a processor of jobs'],
];

/** The same for classes. */
const OF_CLASSES: readonly (readonly [key: string, words: string])[] = [
  ['graphql:resolver_name', 'a GraphQL resolver'],
  ['bullmq:processor_metadata', 'a processor of jobs'],
  ['bull:module_queue', 'a processor of jobs'],
  ['websockets:is_gateway', 'a WebSocket gateway'],
  ['__controller__', 'a controller that is listed among the providers'],
];

/** Whether messages or events reach `method`. */
export function takesMessages(method: object): boolean {
  return Reflect.hasMetadata('microservices:pattern', method);
}

/** What `method` is, or a class that is not used as a controller, in words. */
export function doorOf(method: object | undefined, type?: object): string {
  const has =
    (target: object | undefined) =>
    ([key]: readonly [string, string]) =>
      target !== undefined && Reflect.hasMetadata(key, target);
  const found = OF_METHODS.find(has(method)) ?? OF_CLASSES.find(has(type));
  if (found) return found[1];
  return method ? 'no HTTP handler' : 'no controller';
}
