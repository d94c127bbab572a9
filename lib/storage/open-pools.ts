import type { AnyStorageDriver, StorageOffer } from './contract.ts'
import type { PoolPlan } from './itineraries.ts'
import type { PoolRow } from './records.ts'
import { unknownDriver } from './refusals.ts'

interface OpenPool {
  readonly id: number
  readonly config: string
  readonly driver: Promise<AnyStorageDriver>
}

/** The drivers of pools, each built and opened when it is first asked for. */
export class OpenPools {
  readonly #offers: ReadonlyMap<string, StorageOffer>
  readonly #directory: string
  readonly #root: string
  readonly #opened: (driver: AnyStorageDriver, pool: PoolRow) => Promise<void>
  readonly #failed: (pool: PoolRow, error: unknown) => Promise<void>
  readonly #open = new Map<string, OpenPool>()

  constructor({
    offers,
    poolsDirectory,
    root,
    opened,
    failed,
  }: {
    readonly offers: readonly StorageOffer[]
    readonly poolsDirectory: string
    readonly root: string
    /** Called with each driver when its pool has been opened, before anybody uses it. */
    readonly opened: (driver: AnyStorageDriver, pool: PoolRow) => Promise<void>
    /** Called each time that a pool could not be opened, before who asked for it is told. */
    readonly failed: (pool: PoolRow, error: unknown) => Promise<void>
  }) {
    this.#opened = opened
    this.#failed = failed
    this.#offers = new Map(offers.map((offer) => [offer.module.name, offer]))
    this.#directory = poolsDirectory
    this.#root = root
  }

  get offers(): readonly StorageOffer[] {
    return [...this.#offers.values()]
  }

  /** Kind `invalid` for a driver that nobody offers. */
  offer(driver: string): StorageOffer {
    const offer = this.#offers.get(driver)
    if (offer) return offer
    throw unknownDriver(driver, [...this.#offers.keys()])
  }

  build({ name, driver, config }: Pick<PoolPlan, 'name' | 'driver' | 'config'>): AnyStorageDriver {
    const directory = `${this.#directory}/${name}`
    return this.offer(driver).build({ name, directory, root: this.#root }, config)
  }

  /** The opened driver; another one when the pool was made anew or its configuration has changed. */
  async driver(pool: PoolRow): Promise<AnyStorageDriver> {
    const config = JSON.stringify(pool.config)
    const open = this.#open.get(pool.name)
    if (open?.id === pool.id && open.config === config) return open.driver
    const driver = this.#built(pool)
    this.#open.set(pool.name, { id: pool.id, config, driver })
    // A pool that could not be opened is tried again the next time.
    driver.catch(() => this.forget(pool.name))
    return driver
  }

  /** Those that could be opened. */
  async open(): Promise<readonly AnyStorageDriver[]> {
    const settled = await Promise.allSettled([...this.#open.values()].map(({ driver }) => driver))
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  }

  forget(name: string): void {
    this.#open.delete(name)
  }

  async #built(pool: PoolRow): Promise<AnyStorageDriver> {
    try {
      const driver = this.build(pool)
      await driver.pool.open()
      await this.#opened(driver, pool)
      return driver
    } catch (error) {
      await this.#failed(pool, error)
      throw error
    }
  }
}
