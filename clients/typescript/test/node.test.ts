import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QueryClient } from '@tanstack/react-query'
import { createGateway, isProblem } from '@rocket-gateway/client'
import { RequestError, topQuery } from '../examples/react-query.ts'
import { behaviour, connect } from './behaviour.ts'

const { GATEWAY = '', TOKEN = '' } = process.env
const gateway = connect(GATEWAY, TOKEN)

for (const [name, check] of Object.entries(behaviour)) test(name, () => check(gateway))

test('other errors are no problems', () => {
  for (const error of [undefined, null, '', '<html>', 1, {}, { type: 1 }, { type: 'about:blank' }]) assert.equal(isProblem(error), false)
  assert.ok(isProblem({ type: '/base/problems/cache-miss' }, 'forbidden', 'cache-miss'))
})

test('TanStack Query', async (t) => {
  const query = new QueryClient()
  await t.test('has every digit', async () => {
    assert.equal((await query.fetchQuery(topQuery(gateway, 'azure', '2025-05'))).total.actual, '1429448.370590837')
  })
  await t.test('tries again', async () => {
    let requests = 0
    const busy = createGateway({
      baseUrl: GATEWAY,
      headers: { Authorization: `Bearer ${TOKEN}` },
      fetch: async (request) => (requests++ ? fetch(request) : new Response('', { status: 503, headers: { 'Retry-After': '0' } })),
    })
    assert.equal((await query.fetchQuery(topQuery(busy, 'aws', '2025-05'))).rows.length, 10)
    assert.equal(requests, 2)
  })
  await t.test('shows a problem at once', async () => {
    const request = query.fetchQuery(topQuery(gateway, 'azure', '2025-13'))
    await assert.rejects(request, (error) => error instanceof RequestError && /parameter/.test(error.message))
  })
})
