import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

const SALT_BYTES = 32
const HASH_BYTES = 64
const COST: ScryptOptions = { N: 16_384, r: 8, p: 1 }

/** What is recorded in the place of a secret, in LXD's form: hex of a salt and the scrypt hash after it. */
export async function hashed(secret: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  return Buffer.concat([salt, await hash(secret, salt)]).toString('hex')
}

/** Compared with where no secret is recorded. */
const NO_SECRET = '00'.repeat(SALT_BYTES + HASH_BYTES)

/** Takes as long for a wrong secret as for the right one, and as long where none is recorded. */
export async function isHashOf(recorded: string | undefined, secret: string): Promise<boolean> {
  const bytes = Buffer.from(recorded ?? NO_SECRET, 'hex')
  if (bytes.length !== SALT_BYTES + HASH_BYTES) return false
  const actual = await hash(secret, bytes.subarray(0, SALT_BYTES))
  return timingSafeEqual(actual, bytes.subarray(SALT_BYTES))
}

function hash(secret: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(secret, salt, HASH_BYTES, COST, (error, key) => (error ? reject(error) : resolve(key))),
  )
}
