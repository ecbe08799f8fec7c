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
 * Reports whether an error is a problem document of one of the types, of any if none are given. Other errors are texts of proxies, which
 * send no problem documents.
 */
export function isProblem(error: unknown): error is Problem
export function isProblem<T extends ProblemType>(error: unknown, ...types: [T, ...T[]]): error is Problem<T>
export function isProblem(error: unknown, ...types: string[]): boolean {
  if (typeof error !== 'object' || error === null || !('type' in error) || typeof error.type !== 'string') return false
  const type = error.type.split('/problems/')[1]
  return type !== undefined && (types.length === 0 || types.includes(type))
}
