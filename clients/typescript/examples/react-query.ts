// The largest customers of a month, with TanStack Query: loading, errors, retries and sharing are its own, HTTP caching is the browser's.
import { exact, isProblem, type Exact, type Gateway, type Schemas } from '@rocket-gateway/client'
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'

/** A failed request. Its message is for people. */
export class RequestError extends Error {
  readonly response: Response

  constructor(error: unknown, response: Response) {
    super(isProblem(error) ? error.detail : `The gateway sent the status ${response.status}.`)
    this.response = response
  }
}

/** Returns the query for the largest customers, to prefetch, to read or to invalidate. */
export function topQuery(gateway: Gateway, provider: Schemas['CloudProvider'], period: string) {
  return queryOptions<Exact<Schemas['Top']>>({
    queryKey: ['top', provider, period],
    queryFn: async ({ signal }) => {
      const { data, error, response } = await gateway.GET('/v1/{provider}/usages/top', {
        params: { path: { provider }, query: { period } },
        parseAs: 'text',
        signal,
      })
      if (data === undefined) throw new RequestError(error, response)
      return exact<Schemas['Top']>(data)
    },
    retry: (failures, error) =>
      failures < 3 && !(error instanceof RequestError && ![429, 502, 503, 504].includes(error.response.status)),
    retryDelay: (failures, error) =>
      1000 * Number((error instanceof RequestError && error.response.headers.get('Retry-After')) || 2 ** failures),
  })
}

/** The largest customers, for a component; the last month's stay until those of another one are here. */
export function useTop(gateway: Gateway, provider: Schemas['CloudProvider'], period: string) {
  return useQuery({ ...topQuery(gateway, provider, period), placeholderData: keepPreviousData })
}
