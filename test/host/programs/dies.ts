import { createHost, type Host, type Operation } from '../../../lib/index.ts'

/**
 * Does one verb on a host and kills itself with SIGKILL a while after its k-th step began, the 0th being its call:
 * `dies <root> <verb> <name> <k> <delayMs>`. Prints `survived` and ends when the verb had fewer steps.
 */
const [root = '', verb = '', name = '', step = '0', delayMs = '0'] = process.argv.slice(2)

/** Each begins its verb and answers with a way to the operation: awaiting the operation itself would wait for its end. */
const VERBS: Readonly<Record<string, (host: Host) => Promise<() => Operation<unknown>>>> = {
  launch: async (host) => {
    const operation = host.instances.launch({
      name,
      image: 'busybox',
      devices: {
        root: { type: 'disk', path: '/', pool: 'default' },
        eth0: { type: 'nic', network: name.split('-')[0] ?? '' },
      },
    })
    return () => operation
  },
  start: async (host) => begun((await host.instances.get(name)).start()),
  stop: async (host) => begun((await host.instances.get(name)).stop({ force: true })),
  delete: async (host) => begun((await host.instances.get(name)).delete({ force: true })),
  copy: async (host) =>
    begun(host.instances.copy({ name, source: { name: name.replace('victim', 'bystander') } })),
  'create pool': async (host) => begun(host.storage.create({ name, driver: 'dir' })),
  'delete pool': async (host) => begun(host.storage.delete(name)),
  'create network': async (host) =>
    begun(host.networks.create({ name, config: { 'ipv6.address': 'none' } })),
  'delete network': async (host) => begun(host.networks.delete(name)),
  'import image': async (host) =>
    begun(host.images.import({ path: `${root}/image/unified`, aliases: [{ name }] })),
  'import split image': async (host) =>
    begun(
      host.images.import({
        ...{ path: `${root}/image/metadata`, rootfsPath: `${root}/image/content` },
        aliases: [{ name }],
      }),
    ),
  'publish image': async (host) =>
    begun((await host.instances.get(name)).publish({ aliases: [{ name }] })),
  'delete image': async (host) =>
    begun(host.images.delete((await host.images.resolve(name)).fingerprint)),
}

function begun(operation: Operation<unknown>): () => Operation<unknown> {
  return () => operation
}

const host = await createHost({ root })
const verbOf = VERBS[verb]
if (!verbOf) throw new Error(`unknown verb ${verb}`)
const die = () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(delayMs))
if (step === '0') die()
const operationOf = await verbOf(host)
let seen = 0
for await (const _ of operationOf()) {
  seen += 1
  if (seen === Number(step)) die()
}
await operationOf()
await new Promise((resolve) => setTimeout(resolve, seen >= Number(step) ? Number(delayMs) + 50 : 0))
process.stdout.write('survived\n')
await host[Symbol.asyncDispose]()
