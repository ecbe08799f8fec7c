// Calls and bodies that the contract has not are errors of the compiler.
import { createGateway, exact, isProblem, type Schemas } from '@rocket-gateway/client'

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
} else {
  const problem: Schemas['Problem'] = error
  void problem
}
// @ts-expect-error rows may be missing
void data?.[0].name

const top = exact<Schemas['Top']>('{}')
const names: (string | undefined)[] = [top.total.count, top.rows[0]?.actual, top.rows[0]?.name, top.currency]
const maybe: string | null = top.total.actual
void [names, maybe]

const unknown: unknown = error
if (isProblem(unknown, 'invalid-request')) {
  void unknown.errors.length
} else if (isProblem(unknown)) {
  // @ts-expect-error errors are those of a 400
  void unknown.errors.length
}
// @ts-expect-error no such type
isProblem(unknown, 'not-authorized')
