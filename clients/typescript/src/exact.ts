/** `T` with a string in place of each number. */
export type Exact<T> = T extends number ? string : T extends object ? { [K in keyof T]: Exact<T[K]> } : T

type Reviver = (key: string, value: unknown, context: { source: string }) => unknown

// The types of TypeScript lack the reviver's third argument.
const parse = JSON.parse as (json: string, reviver: Reviver) => unknown

/**
 * Parses JSON with each number as a string of its digits: as a number it has 15 significant digits, and amounts may have more.
 * Throws a TypeError if the runtime does not hand the digits to revivers, as Node.js 20 does not.
 */
export function exact<T>(json: string): Exact<T> {
  return parse(json, (_, value, { source }) => (typeof value === 'number' ? source : value)) as Exact<T>
}
