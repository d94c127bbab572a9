import { openWorld, type World } from './world.ts'

class Fault extends Error {}

/** Lets that many effects through, fails the next one, and lets all that follow through. */
export function failAt(world: World, effect: number): () => boolean {
  let count = 0
  let failed = false
  world.host.fault = () => {
    if (count++ !== effect) return
    failed = true
    throw new Fault(`effect ${effect}`)
  }
  return () => failed
}

/** Runs the same check with a fault at the first effect, the second, and so on until there are no more. */
export async function atEveryEffect(
  check: (world: World, effect: number) => Promise<boolean>,
): Promise<number> {
  for (let effect = 0; ; effect++) {
    const world = await openWorld()
    const reached = await check(world, effect)
    await world.database.close()
    if (!reached) return effect
  }
}

/** Everything a network is: on the host and in the records. */
export async function state(world: World): Promise<unknown> {
  const rows = await world.database.query('SELECT name, state FROM networks')
  const config = await world.database.query('SELECT key, value FROM networks_config')
  return [await world.host.snapshot(), rows, config]
}
