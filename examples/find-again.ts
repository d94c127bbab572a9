import { createHost } from '../lib/index.ts'
import { openPlayground } from './playground.ts'

/** A container outlives the host that started it; the next host on the same root finds it running. */
await using playground = await openPlayground()
const { host, root, disk } = playground
const started = await host.instances.launch({ name: 'builder', image: 'busybox', devices: disk })
started.detach()
await started.exec(['sh', '-c', 'echo kept > /root/note'])
await host[Symbol.asyncDispose]()

await using later = await createHost({ root })
const found = await later.instances.get('builder')
const { status } = await found.record()
console.log(found.name, status, String(await found.files.read('/root/note')).trim())
await found.delete({ force: true })
