import { readFile, rename, writeFile } from 'node:fs/promises'
import type { RawConfig } from '../core/config.ts'
import { errorCode, LxworksError } from '../core/errors.ts'
import { invalid } from './failures.ts'

/** The server's own keys. */
export interface Settings {
  read(): Promise<RawConfig>
  /** Replaces all of them. Kind `invalid` for an unknown key, `unsupported` for one that cannot work here yet. */
  write(config: RawConfig): Promise<void>
}

/** Kept as one JSON file, replaced in one step. */
export function fileSettings(path: string): Settings {
  return {
    read: async () => {
      try {
        return JSON.parse(await readFile(path, 'utf8')) as RawConfig
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return {}
        throw unreadable(path, error)
      }
    },
    write: async (config) => {
      const kept = Object.entries(config).filter(([, value]) => value !== '')
      for (const [key, value] of kept) checkKey(key, value)
      const draft = `${path}.${process.pid}`
      await writeFile(draft, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`, {
        mode: 0o600,
      })
      await rename(draft, path)
    },
  }
}

/** Keys that LXD has and this server does not act on. */
const OTHERS =
  /^(backups|candid|cluster|core|images|loki|maas|network\.ovn|rbac|storage)\.[a-z0-9_.]+$/

function checkKey(key: string, value: string): void {
  if (/^user\.[^\0]+$/.test(key)) return
  if (!OTHERS.test(key)) throw invalid(`cannot set '${key}' to '${value}': unknown key`)
  throw new LxworksError(
    `cannot set '${key}': this server does not act on it; only user.* keys can be set here`,
    { kind: 'unsupported', code: 'REST_SETTING_UNSUPPORTED', context: { key } },
  )
}

function unreadable(path: string, cause: unknown): LxworksError {
  return new LxworksError(`the server's settings in ${path} cannot be read; mend or remove it`, {
    kind: 'internal',
    code: 'REST_SETTINGS_UNREADABLE',
    cause,
  })
}
