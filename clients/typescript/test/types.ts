// Calls and bodies that the contract has not are errors of the compiler.
import { createGateway, exact, isProblem, type ProblemType, type Schemas } from '@rocket-gateway/client'

const gateway = createGateway()

// @ts-expect-error no such path
void gateway.GET('/v1/azure/usages')
// @ts-expect-error the provider is missing
void gateway.GET('/v1/{provider}/usages')
// @ts-expect-error no such provider
void gateway.GET('/v1/{provider}/usages', { params: { path: { provider: 'oracle' } } })
// @ts-expect-error no such parameter
void gateway.GET('/v1/{provider}/usages', { params: { path: { provider: 'aws' }, query: { costumer_id: '1' } } })

const { data, error } = await gateway.GET('/v1/{provider}/usages', { params: { path: { provider: 'aws' } } })
if (data) {
  const rows: Schemas['UsageRow'][] = data
  void rows
} else if (isProblem(error)) {
  const problem: Schemas['Problem'] = error
  void problem
} else if (typeof error === 'string') {
  void error.slice(0, 100)
}
// @ts-expect-error a 304 has no problem document, and a proxy may send anything
if (!data) void error.detail
// @ts-expect-error an error may be empty
if (!error) void data.length
// @ts-expect-error rows may be missing
void data?.[0].name

const top = exact<Schemas['Top']>('{}')
const names: (string | undefined)[] = [top.total.count, top.rows[0]?.actual, top.rows[0]?.name, top.currency]
const maybe: string | null = top.total.actual
void [names, maybe]
new Intl.NumberFormat().format(top.total.count)

const unknown: unknown = error
if (isProblem(unknown, 'invalid-request')) {
  void unknown.errors.length
} else if (isProblem(unknown)) {
  // @ts-expect-error errors are those of a 400
  void unknown.errors.length
}
// @ts-expect-error no such type
isProblem(unknown, 'not-authorized')
const types: ProblemType[] = ['forbidden', 'unauthorized']
isProblem(unknown, ...types)
