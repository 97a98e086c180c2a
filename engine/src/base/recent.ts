/**
 * What was asked for lately, by strings, within a bound: in two generations, of which the older is dropped when the younger is full.
 * What is asked for again goes over to the younger.
 */
export class Recent<V> {
  private young = new Map<string, V>();
  private old = new Map<string, V>();
  private units = 0;

  /** `mostUnits`: units of a generation's keys, at most. */
  constructor(private readonly mostUnits: number) {}

  get(key: string): V | undefined {
    const value = this.young.get(key);
    if (value !== undefined) return value;
    const older = this.old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, value: V): void {
    if (!this.young.has(key)) {
      if (this.units + key.length > this.mostUnits) {
        this.old = this.young;
        this.young = new Map();
        this.units = 0;
      }
      this.units += key.length;
    }
    this.young.set(key, value);
  }
}
