import { openPlayground } from './playground.ts'

/** What a program can watch: the steps of an operation, the host's events, and a command's output as it comes. */
await using playground = await openPlayground()
const { host, disk } = playground
host.events.subscribe((event) => {
  if (event.type === 'lifecycle') console.log('event:', event.action)
})

const launching = host.instances.launch({ name: 'watched', image: 'busybox', devices: disk })
for await (const { step } of launching) console.log('step:', step)
await using box = await launching

for await (const chunk of box.exec(['sh', '-c', 'echo one; echo two >&2; exit 3'])) {
  if (chunk.from === 'exit') console.log('exit code', chunk.exitCode)
  else console.log(`${chunk.from}:`, Buffer.from(chunk.data).toString().trim())
}
