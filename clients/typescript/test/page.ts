// Runs in a page of another origin, with the address of the gateway and a token in the page's own.
import { behaviour, connect } from './behaviour.ts'

const [address = '', token = ''] = location.hash.slice(1).split(',')
const results = Object.entries(behaviour).map(([name, check]) =>
  check(connect(address, token)).then(
    () => `passed: ${name}`,
    (error: unknown) => `failed: ${name}: ${error}`,
  ),
)
await fetch('/results', { method: 'POST', body: (await Promise.all(results)).join('\n') })
