import { describe, expect, it } from 'vitest';
import { pageRows, RowStore, rowWindow } from './_rowStore.ts';

const rows = (page: number) => Array.from({ length: pageRows }, (_, i) => page * pageRows + i);

describe('rows that come in pages', () => {
  it('are asked for once, where they are looked at', () => {
    const store = new RowStore<number>();
    store.reset(1000);
    expect(store.due(190, 230)).toEqual([0, 1]);
    expect(store.due(190, 230)).toEqual([]);
    store.add(0, rows(0));
    store.add(1, rows(1));
    expect([store.row(190), store.row(399), store.row(400)]).toEqual([190, 399, undefined]);
    expect(store.due(190, 430)).toEqual([2]);
    store.lost(2);
    expect(store.due(190, 430)).toEqual([2]);
  });

  it('are not asked for by the dozen, nor past the end', () => {
    const store = new RowStore<number>();
    store.reset(450);
    expect(store.due(0, 5000)).toEqual([0, 1]);
    store.add(0, rows(0));
    store.add(1, rows(1));
    expect(store.due(0, 5000)).toEqual([2]);
    store.add(2, rows(2).slice(0, 50));
    expect(store.due(0, 5000)).toEqual([]);
  });

  it('are let go, those looked at last', () => {
    const store = new RowStore<number>();
    store.reset(100 * pageRows);
    for (let page = 0; page < 60; page++) {
      store.add(page, rows(page));
      store.due(0, 1);
    }
    expect(store.row(0)).toBe(0);
    expect(store.row(pageRows)).toBeUndefined();
    expect(store.row(59 * pageRows)).toBe(59 * pageRows);
  });

  it('of another list are others', () => {
    const store = new RowStore<number>();
    store.reset(10);
    store.add(0, rows(0));
    store.reset(10);
    expect(store.row(0)).toBeUndefined();
  });
});

describe('the window', () => {
  it('holds what is on screen and a little more', () => {
    expect(rowWindow({ scrollTop: 2400, height: 240, rowHeight: 24 }, 40_000, 3)).toEqual({ from: 97, to: 113 });
    expect(rowWindow({ scrollTop: 0, height: 240, rowHeight: 24 }, 5)).toEqual({ from: 0, to: 5 });
    expect(rowWindow({ scrollTop: 9999, height: 240, rowHeight: 24 }, 5)).toEqual({ from: 5, to: 5 });
  });
});
