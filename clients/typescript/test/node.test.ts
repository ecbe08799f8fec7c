import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { createGateway, isProblem, type ProblemType } from '@rocket-gateway/client'
import { RequestError, topQuery, type Selection } from '../examples/react-query.ts'
import { behaviour, connect } from './behaviour.ts'

const { GATEWAY = '', TOKEN = '' } = process.env
const gateway = connect(GATEWAY, TOKEN)

for (const [name, check] of Object.entries(behaviour)) test(name, () => check(gateway))

test('other errors are no problems', () => {
  const detail = 'd'
  const foreign = ['about:blank', 'https://example.com/problems/forbidden', '//example.com/problems/forbidden', '/problems/forbidden/x']
  for (const type of [undefined, 1, '/problems/', ...foreign]) assert.equal(isProblem({ type, detail }), false, String(type))
  const incomplete = [{ type: '/problems/forbidden' }, { type: '/problems/invalid-request', detail }]
  for (const error of [undefined, null, '', '<html>', 1, [], {}, ...incomplete]) assert.equal(isProblem(error), false, JSON.stringify(error))
  assert.ok(isProblem({ type: '/problems/invalid-request', detail, errors: [] }))
  const none: ProblemType[] = []
  assert.ok(isProblem({ type: '/problems/forbidden', detail }, ...none))
  assert.ok(isProblem({ type: '/base/problems/cache-miss', detail }, 'forbidden', 'cache-miss'))
})

test('what a proxy may send', async (t) => {
  const server = createServer(({ url }, response) => {
    if (url?.startsWith('/empty')) return response.writeHead(200, { 'Content-Length': 0 }).end()
    if (url?.startsWith('/chunks')) return response.writeHead(200).end()
    if (url?.startsWith('/html')) return response.writeHead(200).end('<html>')
    return response.writeHead(503, { 'Content-Length': 100 }).write('{', () => response.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const proxy = (path: string) => createGateway({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}` })
  for (const path of ['empty', 'chunks']) {
    const { data, error } = await proxy(path).GET('/v1/me')
    assert.deepEqual([data, error], [undefined, undefined], path)
  }
  await assert.rejects(proxy('html').GET('/v1/me'), SyntaxError)
  assert.equal((await proxy('html').GET('/v1/me', { parseAs: 'text' })).data, '<html>')
  await assert.rejects(proxy('cut').GET('/v1/me'), TypeError)
})

test('a runtime that is too old', () => {
  const program = `import { exact } from '@rocket-gateway/client'; exact('{}')`
  const { stderr } = spawnSync(process.execPath, ['--no-harmony-json-parse-with-source', '--input-type=module', '--eval', program])
  assert.match(stderr.toString(), /Error: exact needs .*Node.js 22/)
})

test('TanStack Query', async (t) => {
  const query = new QueryClient()
  const may = { subject: 'demo', provider: 'azure', period: '2025-05' } as const
  const top = (selection: Partial<Selection> = {}) => topQuery(gateway, { ...may, ...selection })
  await t.test('has every digit', async () => {
    assert.equal((await query.fetchQuery(top())).total.actual, '1429448.370590837')
  })
  await t.test('tries again', async (t) => {
    t.mock.method(Date, 'now', () => Date.UTC(2025, 5, 18))
    const { retry, retryDelay } = top()
    assert.ok(typeof retry === 'function' && typeof retryDelay === 'function')
    const problem = (status: number, after?: string) =>
      new RequestError('', new Response('', { status, headers: after === undefined ? {} : { 'Retry-After': after } }))
    const tries: [Error, number | false][] = [
      [problem(503), 1000],
      [problem(503, '0'), 1000],
      [problem(429, '7'), 7000],
      [problem(502, 'Wed, 18 Jun 2025 00:00:20 GMT'), 20_000],
      [problem(502, 'Tue, 17 Jun 2025 00:00:00 GMT'), 1000],
      [problem(503, '30'), 30_000],
      [problem(503, '31'), false],
      [problem(503, '3000000'), false],
      [problem(503, 'Thu, 19 Jun 2025 00:00:00 GMT'), false],
      [problem(503, 'soon'), false],
      [problem(403), false],
      [new TypeError('fetch failed'), 1000],
      [new SyntaxError('not JSON'), false],
      [new DOMException('too late', 'TimeoutError'), false],
      [new Error('exact needs'), false],
    ]
    for (const [error, delay] of tries) {
      const name = error instanceof RequestError ? `${error.message} ${error.response.headers.get('Retry-After')}` : String(error)
      assert.equal(retry(0, error) && retryDelay(0, error), delay, name)
    }
    assert.deepEqual([retryDelay(2, problem(503)), retry(3, problem(503))], [4000, false])
  })
  await t.test('shows a problem at once', async () => {
    const request = query.fetchQuery(top({ period: '2025-13' }))
    await assert.rejects(request, (error) => error instanceof RequestError && /parameter/.test(error.message))
  })
  await t.test('waits a minute at most', async (t) => {
    const timeout = t.mock.method(AbortSignal, 'timeout', () => AbortSignal.abort(new DOMException('too late', 'TimeoutError')))
    await assert.rejects(query.fetchQuery(top({ provider: 'aws' })), { name: 'TimeoutError' })
    assert.deepEqual(timeout.mock.calls.map((call) => call.arguments), [[60_000]])
  })
  await t.test('shows the rows of the last month, and of no other user or provider', () => {
    const observer = new QueryObserver(query, top())
    const shown = (selection: Partial<Selection>) => {
      observer.setOptions(top())
      observer.setOptions({ ...top(selection), enabled: false })
      return observer.getCurrentResult().data !== undefined
    }
    const rows = [{}, { period: '2025-04' }, { subject: 'ana' }, { provider: 'aws' }, { subject: 'ana', period: '2025-04' }] as const
    assert.deepEqual(rows.map(shown), [true, true, false, false, false])
  })
})
