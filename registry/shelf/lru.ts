/** A bounded memory: what was used longest ago goes first. A few lines, since all that is wanted is a Map with a weight. */
export class Lru<K, V> {
  readonly #kept = new Map<K, { readonly value: V; readonly weight: number }>();
  readonly #most: number;
  readonly #weigh: (value: V) => number;
  #held = 0;

  /** @param most the weight that is kept at most; each value weighs 1 unless `weigh` says otherwise */
  constructor(most: number, weigh: (value: V) => number = () => 1) {
    this.#most = most;
    this.#weigh = weigh;
  }

  get(key: K): V | undefined {
    const found = this.#kept.get(key);
    if (found === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, found);
    return found.value;
  }

  set(key: K, value: V): void {
    this.delete(key);
    const weight = this.#weigh(value);
    if (weight > this.#most) return;
    this.#kept.set(key, { value, weight });
    this.#held += weight;
    for (const oldest of this.#kept.keys()) {
      if (this.#held <= this.#most) break;
      this.delete(oldest);
    }
  }

  delete(key: K): void {
    const found = this.#kept.get(key);
    if (found === undefined) return;
    this.#held -= found.weight;
    this.#kept.delete(key);
  }

  clear(): void {
    this.#kept.clear();
    this.#held = 0;
  }
}
