import type { ServerSettings } from '../server/contract.ts'
import type { Cors } from './guard/origin.ts'

const KEYS = [
  'core.https_allowed_origin',
  'core.https_allowed_methods',
  'core.https_allowed_headers',
  'core.https_allowed_credentials',
] as const

/** `core.https_allowed_*` as they are at any time, without asking for them at each request; followed for as long as the host is open. */
export async function followCors(
  settings: Pick<ServerSettings, 'value' | 'changed'>,
): Promise<() => Cors> {
  const values = new Map<string, string | undefined>()
  for (const key of KEYS) {
    settings.changed(key, (value) => void values.set(key, value))
    values.set(key, await settings.value(key))
  }
  const [origin, methods, headers, credentials] = KEYS
  return () => ({
    origin: values.get(origin),
    methods: values.get(methods),
    headers: values.get(headers),
    credentials: values.get(credentials) === 'true',
  })
}
