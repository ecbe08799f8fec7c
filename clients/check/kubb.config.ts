import { defineConfig } from '@kubb/core'
import { pluginOas } from '@kubb/plugin-oas'
import { pluginZod } from '@kubb/plugin-zod'

export default defineConfig({
  input: { path: './openapi.yaml' },
  output: { path: './kubb', extension: { '.ts': '.js' }, format: false, lint: false },
  plugins: [pluginOas({ generators: [] }), pluginZod({ version: '4', importPath: 'zod', output: { path: '.' } })],
})
