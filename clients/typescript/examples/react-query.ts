// The largest customers of a month, with TanStack Query: loading, errors, retries and sharing are its own, HTTP caching is the browser's.
// After a logout, queryClient.clear() removes what the user has seen.
import { exact, isProblem, type Exact, type Gateway, type Schemas } from '@rocket-gateway/client'
import { queryOptions, useQuery } from '@tanstack/react-query'

/** A failed request. Its message is for people. */
export class RequestError extends Error {
  readonly response: Response

  constructor(error: unknown, response: Response) {
    super(isProblem(error) ? error.detail : `The gateway sent the status ${response.status}.`)
    this.response = response
  }
}

/** What the rows depend on. Each user sees others: `subject` is the user's, from the login or `GET /v1/me`. */
export interface Selection {
  subject: string
  provider: Schemas['CloudProvider']
  period: string
}

/** Returns the query for the largest customers, to prefetch, to read or to invalidate. */
export function topQuery(gateway: Gateway, selection: Selection) {
  return queryOptions({
    queryKey: ['top', selection] as const,
    queryFn: async ({ signal }): Promise<Exact<Schemas['Top']>> => {
      const { data, error, response } = await gateway.GET('/v1/{provider}/usages/top', {
        params: { path: { provider: selection.provider }, query: { period: selection.period } },
        parseAs: 'text',
        signal: AbortSignal.any([signal, AbortSignal.timeout(60_000)]),
      })
      if (data === undefined) throw new RequestError(error, response)
      return exact<Schemas['Top']>(data)
    },
    retry: (failures, error) => failures < 3 && canRetry(error) && wait(failures, error) <= 30_000,
    retryDelay: wait,
    // The rows of the last month stay until those of another one are here.
    placeholderData: (rows, query) => {
      const last = query?.queryKey[1]
      return last?.subject === selection.subject && last.provider === selection.provider ? rows : undefined
    },
  })
}

/** Reports whether another try can help: if the status says so, or if there was no connection, which is a TypeError of fetch. */
function canRetry(error: Error): boolean {
  return error instanceof RequestError ? [429, 502, 503, 504].includes(error.response.status) : error instanceof TypeError
}

/** Returns the milliseconds until the next try: 1, 2 and 4 s, or more if Retry-After says so, in seconds or as a date. */
function wait(failures: number, error: Error): number {
  const after = (error instanceof RequestError && error.response.headers.get('Retry-After')) || '0'
  return Math.max(1000 * 2 ** failures, /^\d+$/.test(after) ? 1000 * Number(after) : Date.parse(after) - Date.now())
}

/** The largest customers, for a component. */
export function useTop(gateway: Gateway, selection: Selection) {
  return useQuery(topQuery(gateway, selection))
}
