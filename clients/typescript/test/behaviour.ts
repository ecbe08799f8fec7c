// What the client does with a gateway that has the data of `gateway demo` as of 18 June 2025, in Node.js and in browsers.
import { createGateway, exact, isProblem, type Gateway, type Schemas } from '@rocket-gateway/client'

export function connect(baseUrl: string, token: string): Gateway {
  const gateway = createGateway({ baseUrl })
  gateway.use({
    onRequest({ request }) {
      request.headers.set('Authorization', `Bearer ${token}`)
    },
  })
  return gateway
}

function equal(got: unknown, want: unknown): void {
  const [g, w] = [JSON.stringify(got), JSON.stringify(want)]
  if (g !== w) throw new Error(`${g}, want ${w}`)
}

const may = { path: { provider: 'azure' }, query: { period: '2025-05' } } as const

export const behaviour: Record<string, (gateway: Gateway) => Promise<void>> = {
  'parameters, rows and header fields': async (gateway) => {
    const { data, response } = await gateway.GET('/v1/{provider}/usages', {
      params: { ...may, query: { ...may.query, sort: '-actual', limit: 2, catalog: ['marketplace', 'consumption'] } },
    })
    equal(data?.map((row) => row.name), ["Laboratório d'Ávila", 'Farmácia Esperança'])
    equal(response.headers.get('X-Total-Count'), '230')
    equal(response.headers.get('Content-Location')?.match(/(?<=catalog=)\w+/g), ['consumption', 'marketplace'])
  },
  'every digit': async (gateway) => {
    const { data } = await gateway.GET('/v1/{provider}/usages/top', { params: may, parseAs: 'text' })
    const { total } = exact<Schemas['Top']>(data ?? '')
    equal([total.count, total.actual], ['230', '1429448.370590837'])
    equal(exact('{"a":1234567890.123456789}'), { a: '1234567890.123456789' })
    equal(exact('[-0,1e400,true,null,"1",{}]'), ['-0', '1e400', true, null, '1', {}])
  },
  'a wrong parameter': async (gateway) => {
    const { data, error } = await gateway.GET('/v1/{provider}/trend', { params: { path: { provider: 'aws' }, query: { months: 25 } } })
    equal(data, undefined)
    if (!isProblem(error, 'invalid-request')) throw new Error(JSON.stringify(error))
    equal(error.errors.map((fault) => fault.parameter), ['months'])
    equal([isProblem(error), isProblem(error, 'forbidden', 'unauthorized')], [true, false])
  },
  'no valid token': async (gateway) => {
    const { error } = await gateway.GET('/v1/me', {
      middleware: [{ onRequest: ({ request }) => request.headers.set('Authorization', 'Bearer x') }],
    })
    equal(isProblem(error, 'unauthorized'), true)
  },
  'an unchanged body': async (gateway) => {
    const { response } = await gateway.GET('/v1/{provider}/indicators', { params: may })
    const etag = response.headers.get('ETag') ?? ''
    const again = await gateway.GET('/v1/{provider}/indicators', { params: { ...may, header: { 'If-None-Match': etag } } })
    equal([again.response.status, again.data, again.error], [304, undefined, ''])
  },
  'CSV': async (gateway) => {
    const { data } = await gateway.GET('/v1/{provider}/customers', {
      params: { ...may, query: { ...may.query, q: 'mercado a', limit: 1, format: 'csv' } },
      parseAs: 'text',
    })
    equal(data, 'value,label\r\ne7a0eaeb-d852-4b6d-aa0a-49e765accf8a,Mercado Araújo\r\n')
  },
}
