import type { components } from './schema.js'

/** The last part of a problem's `type`. A gateway may have more. */
export type ProblemType =
  | 'auth-unavailable'
  | 'cache-miss'
  | 'forbidden'
  | 'headers-too-large'
  | 'internal-error'
  | 'invalid-request'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'not-found'
  | 'rate-limited'
  | 'unauthorized'
  | 'upstream-credentials'
  | 'upstream-error'
  | 'upstream-invalid-response'
  | 'upstream-rejected'
  | 'upstream-timeout'
  | 'upstream-unavailable'
  | 'uri-too-long'

/** A problem document of some of the types, by default of any. Before `/problems/` is the gateway's base path, if it has one. */
export type Problem<T extends string = string> = components['schemas']['Problem'] & { type: `${string}/problems/${T}` } & ([T] extends [
    'invalid-request' | 'upstream-rejected',
  ]
    ? { errors: components['schemas']['ParameterFault'][] }
    : unknown)

/**
 * Reports whether an error is a problem document of one of the types. If none are given, it may be of any type: `...types` of an empty
 * array too. Proxies send other errors: texts, and documents of their own.
 */
export function isProblem(error: unknown): error is Problem
export function isProblem<T extends ProblemType>(error: unknown, ...types: T[]): error is Problem<T>
export function isProblem(error: unknown, ...types: string[]): boolean {
  const { type, detail, errors } = Object(error) as { [Member in keyof Problem]?: unknown }
  const name = typeof type === 'string' && /^(?:\/[^/]+)*\/problems\/([a-z-]+)$/.exec(type)?.[1]
  if (!name || typeof detail !== 'string') return false
  if (['invalid-request', 'upstream-rejected'].includes(name) && !Array.isArray(errors)) return false
  return types.length === 0 || types.includes(name)
}
