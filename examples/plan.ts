import { isLxworksError } from '../lib/index.ts'
import { openPlayground } from './playground.ts'

/** A plan says everything that a launch would do, and does nothing; what cannot work is refused while planning. */
await using playground = await openPlayground()
const { host, disk } = playground
const { create, start } = await host.instances.plan({
  name: 'planned',
  image: 'busybox',
  devices: disk,
  config: { 'limits.memory': '256MiB' },
})
console.log('volume', create.storageName)
console.log('parts', Object.keys(start).sort().join(' '))
console.log('instances', (await host.instances.list()).length)

try {
  await host.instances.plan({ image: 'busybox', devices: disk, config: { 'limits.memry': '1GiB' } })
} catch (error) {
  if (!isLxworksError(error)) throw error
  console.log(error.kind, error.code, error.message)
}
