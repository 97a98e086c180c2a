/** How long work will take yet, from how long a share of it took: for people. */

/** `about 40 s left`; undefined where it is too early to say. `share` of the work took so many seconds. */
export function remaining(share: number, seconds: number): string | undefined {
  if (share <= 0 || share >= 1 || seconds < 1) return undefined;
  const left = (seconds / share) * (1 - share);
  if (left < 90) return `about ${Math.max(1, Math.round(left))} s left`;
  if (left < 5400) return `about ${Math.round(left / 60)} min left`;
  return `about ${Math.round(left / 3600)} h left`;
}
