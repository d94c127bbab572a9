import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { capabilitiesPage } from './pages/capabilities.ts'
import { configKeysPage } from './pages/config-keys.ts'
import { errorsPage } from './pages/errors.ts'
import { restApiPage } from './pages/rest-api.ts'
import { declarations } from './read/declarations.ts'
import { errorCodes } from './read/error-codes.ts'

/** Writes the generated pages of docs/. With `--check` it writes nothing and fails when one of them is not what it would write. */
const root = join(import.meta.dirname, '..', '..')
process.chdir(root)
const [declared, codes] = [await declarations(), await errorCodes()]
const pages = {
  'capabilities.md': capabilitiesPage(declared, codes),
  'config-keys.md': configKeysPage(declared.keys),
  'errors.md': errorsPage(codes),
  'rest-api.md': await restApiPage(),
}

const stale: string[] = []
await mkdir('docs', { recursive: true })
for (const [name, text] of Object.entries(pages)) {
  const path = join('docs', name)
  const before = await readFile(path, 'utf8').catch(() => '')
  if (before === text) continue
  if (process.argv.includes('--check')) stale.push(name)
  else await writeFile(path, text)
}
if (stale.length > 0) {
  process.stderr.write(`docs/ is not what the code says: ${stale.join(', ')}; run: npm run docs\n`)
  process.exitCode = 1
}
