import { Fault } from './fault.ts'
import { isList, type Value } from './values.ts'

/** What templates may cost: the source each for itself, all else together with those that are rendered at the same time. A step is about as much work as looking at one value. */
export const TEMPLATE_BOUNDS = {
  /** Of the template itself. */
  sourceBytes: 128 * 1024,
  /** Of any text on the way. */
  characters: 1024 * 1024,
  /** Of what comes out. */
  outputBytes: 4 * 1024 * 1024,
  /** Blocks in blocks, and brackets in brackets. */
  depth: 50,
  /** Words and signs of one tag: what stands in a row is computed by calls within calls. */
  tokens: 500,
  /** Rounds of all loops together. */
  rounds: 20_000,
  steps: 200_000,
} as const

/** Counts what a template has cost so far, so that it ends soon whatever is written in it. */
export class Budget {
  #steps = 0
  #rounds = 0
  #bytes = 0

  step(): void {
    this.#charge(1)
  }

  round(): void {
    this.#charge(1)
    this.#rounds += 1
    if (this.#rounds > TEMPLATE_BOUNDS.rounds)
      throw costly(`its loops go round more than ${TEMPLATE_BOUNDS.rounds} times`)
  }

  /** For a value that was made on the way: what is done with it next costs by its size. */
  made(value: Value): Value {
    if (typeof value === 'string') {
      checkLength(value.length)
      this.#charge(Math.ceil(value.length / CHARACTERS_PER_STEP))
    }
    if (isList(value)) this.#charge(Math.ceil(value.length / ITEMS_PER_STEP))
    return value
  }

  output(text: string): void {
    this.#bytes += Buffer.byteLength(text)
    if (this.#bytes > TEMPLATE_BOUNDS.outputBytes)
      throw costly(`more than ${TEMPLATE_BOUNDS.outputBytes} bytes come out`)
    this.#charge(1)
  }

  #charge(steps: number): void {
    this.#steps += steps
    if (this.#steps > TEMPLATE_BOUNDS.steps) throw costly('it takes too much work')
  }
}

const CHARACTERS_PER_STEP = 256
const ITEMS_PER_STEP = 32

/** Refuses a text before it is made. */
export function checkLength(characters: number): void {
  if (characters > TEMPLATE_BOUNDS.characters)
    throw costly(`it makes a text of more than ${TEMPLATE_BOUNDS.characters} characters`)
}

export function costly(message: string): Fault {
  return new Fault('costly', message)
}
