// Decodes what a running gateway has sent with the code that generators have made of the contract. The compiler has held the same responses
// against the types of openapi-typescript: they are literals in responses.ts.
import { isDeepStrictEqual } from 'node:util'
import type { ZodType } from 'zod'
import * as kubb from './kubb/index.js'
import { responses } from './responses.js'
import type { components, paths } from './types.js'

const schemas = kubb as unknown as Record<string, ZodType>
const faults: string[] = []

for (const { schema, body } of responses) {
  const result = schemas[schema].safeParse(body)
  if (!result.success) {
    faults.push(`${schema} refuses ${JSON.stringify(body).slice(0, 500)}: ${result.error.message}`)
  } else if (!isDeepStrictEqual(result.data, body)) {
    faults.push(`${schema} changes ${JSON.stringify(body).slice(0, 500)} to ${JSON.stringify(result.data).slice(0, 500)}`)
  }
}

// No parameter in the query string is required.
for (const name of Object.keys(schemas).filter((name) => name.endsWith('QueryParamsSchema'))) {
  const result = schemas[name].safeParse({})
  if (!result.success) faults.push(`${name} refuses a request without parameters: ${result.error.message}`)
}

type Query<P extends keyof paths> = NonNullable<paths[P]['get']['parameters']['query']>
const trend: Query<'/v1/{provider}/trend'> = { months: 3, until: 'previous', align: 'days', sort: '-change', format: 'csv', csv: 'excel-br' }
if (!schemas.getTrendQueryParamsSchema.safeParse(trend).success) faults.push('getTrendQueryParamsSchema refuses a valid request')

// A schema with the name of a global of browsers would hide it where its type is imported.
type Clash = Extract<keyof components['schemas'], keyof typeof globalThis>
const noClash: [Clash] extends [never] ? true : Clash = true

console.log(`${responses.length} responses decoded, ${faults.length} faults`)
for (const fault of faults) console.error(fault)
process.exitCode = noClash && faults.length === 0 && responses.length > 0 ? 0 : 1
