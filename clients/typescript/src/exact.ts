/** `T` with a string of digits in place of each number. */
export type Exact<T> = T extends number ? `${number}` : T extends object ? { [K in keyof T]: Exact<T[K]> } : T

type Reviver = (key: string, value: unknown, context?: { source: string }) => unknown

// The types of TypeScript lack the reviver's third argument.
const parse = JSON.parse as (json: string, reviver: Reviver) => unknown

/**
 * Parses JSON with each number as a string of its digits: as a number it has 15 significant digits, and amounts may have more.
 * Throws an Error if the runtime does not hand the digits to revivers, as Node.js 20 does not, and a SyntaxError for what is not JSON.
 */
export function exact<T>(json: string): Exact<T> {
  return parse(json, (_, value, context) => {
    if (!context) throw new Error('exact needs Chrome 114, Firefox 135, Safari 18.4 or Node.js 22')
    return typeof value === 'number' ? context.source : value
  }) as Exact<T>
}
