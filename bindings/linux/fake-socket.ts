/** A message under way, with the open descriptions that ride on it. */
interface Message<Rider> {
  readonly bytes: Buffer
  readonly riders: readonly Rider[]
}

/** One end of a pair. What is sent waits at the other end until somebody listens there. */
export class FakeSocket<Rider> {
  readonly arrived: Message<Rider>[] = []
  readonly #other: () => FakeSocket<Rider>
  #closed = false
  #listener = (): void => undefined

  static pair<Rider>(): readonly [FakeSocket<Rider>, FakeSocket<Rider>] {
    const left: FakeSocket<Rider> = new FakeSocket<Rider>(() => right)
    const right = new FakeSocket<Rider>(() => left)
    return [left, right]
  }

  private constructor(other: () => FakeSocket<Rider>) {
    this.#other = other
  }

  /** Nothing more can come from the other end. */
  get orphaned(): boolean {
    return this.#other().#closed
  }

  /** Called when something changed at this end. */
  listen(listener: () => void): void {
    this.#listener = listener
  }

  send(message: Message<Rider>): void {
    this.#other().arrived.push(message)
    this.#other().#listener()
  }

  close(): void {
    this.#closed = true
    this.arrived.length = 0
    this.#other().#listener()
  }
}
