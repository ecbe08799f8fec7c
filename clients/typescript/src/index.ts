import createClient, { type Client, type ClientOptions } from 'openapi-fetch'
import type { components, paths } from './schema.js'

export { exact, type Exact } from './exact.js'
export { isProblem, type Problem, type ProblemType } from './problem.js'
export type { paths } from './schema.js'

/** The types of bodies by their names in the contract, such as `Schemas['UsageRow']`. */
export type Schemas = components['schemas']

// The gateway's errors are problems, but a 304 is an error without a body for openapi-fetch, and a proxy may send any body.
type AnyError = { get: { responses: { '5XX': { content: { 'application/json': unknown } } } } }

/** The client of a gateway. Its bodies are JSON: read CSV with `parseAs: 'text'` or `'blob'`. */
export type Gateway = Client<{ [Path in keyof paths]: paths[Path] & AnyError }, 'application/json' | 'application/problem+json'>

/** Returns a client of openapi-fetch with the types of the contract. */
export function createGateway(options?: ClientOptions): Gateway {
  return createClient(options)
}
