import { randomBytes } from 'node:crypto'
import type { Chance } from '../ports.ts'

/** The randomness of the machine. */
export class HostChance implements Chance {
  draw(): string {
    return randomBytes(32).toString('hex')
  }
}
