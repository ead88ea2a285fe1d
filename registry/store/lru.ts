/**
 * A bounded memory in two generations: what is used lands in the young one; when that is half full, it becomes the old one and what was old and unused is forgotten. Finding
 * something is one look into a Map: no list is kept in order, which would cost each hit more than the hit.
 */
export class Lru<K, V> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  readonly #half: number;
  readonly #weigh: (value: V) => number;
  #weight = 0;

  /** @param most the weight that is kept at most; each value weighs 1 unless `weigh` says otherwise */
  constructor(most: number, weigh: (value: V) => number = () => 1) {
    this.#half = most / 2;
    this.#weigh = weigh;
  }

  get(key: K): V | undefined {
    const found = this.#young.get(key);
    if (found !== undefined) return found;
    const old = this.#old.get(key);
    if (old !== undefined) {
      this.#old.delete(key);
      this.set(key, old);
    }
    return old;
  }

  /** Keeps a value; one that is too heavy is not kept. */
  set(key: K, value: V): void {
    this.delete(key);
    const weight = this.#weigh(value);
    if (weight > this.#half) return;
    if (this.#weight + weight > this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
    }
    this.#young.set(key, value);
    this.#weight += weight;
  }

  delete(key: K): void {
    const young = this.#young.get(key);
    if (young !== undefined) {
      this.#weight -= this.#weigh(young);
      this.#young.delete(key);
    }
    this.#old.delete(key);
  }

  clear(): void {
    if (this.#young.size > 0) this.#young = new Map();
    if (this.#old.size > 0) this.#old = new Map();
    this.#weight = 0;
  }
}
