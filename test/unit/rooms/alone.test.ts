import { expect, it } from 'vitest'

const ROOMS = {
  core: () => import('../../../lib/core/index.ts'),
  images: () => import('../../../lib/images/index.ts'),
  instances: () => import('../../../lib/instances/index.ts'),
  network: () => import('../../../lib/network/index.ts'),
  security: () => import('../../../lib/security/index.ts'),
  state: () => import('../../../lib/state/index.ts'),
  storage: () => import('../../../lib/storage/index.ts'),
}

/** Shared objects that belong to this package's native parts. */
function ownNative(): readonly string[] {
  const report = process.report.getReport() as { readonly sharedObjects: readonly string[] }
  return report.sharedObjects.filter((path) => /(linux|liblxc)\.node$|liblxc\.so/.test(path))
}

it.each(Object.entries(ROOMS))(
  'the room %s can be imported alone, and loads no native code',
  async (_, load) => {
    expect(Object.keys(await load()).length).toBeGreaterThan(0)
    expect(ownNative()).toEqual([])
  },
)
