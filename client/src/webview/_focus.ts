/**
 * Where the focus goes within a page. In an editor a page is one part among many: one that has loaded, or hears news, must not take
 * the focus from the box or the text in which somebody types meanwhile (and a box that loses it closes).
 */

/** What waits in a page for the focus to come to it. */
const due = new WeakMap<Document, () => void>();

/** Focuses an element where its page has the focus; else once the page gets it, unless a person has chosen another one there by then. */
export function focusWithin(target: HTMLElement, options?: FocusOptions): void {
  const page = target.ownerDocument;
  const view = page.defaultView;
  const before = due.get(page);
  if (before !== undefined) view?.removeEventListener('focus', before);
  due.delete(page);
  if (page.hasFocus()) {
    target.focus(options);
    return;
  }
  const come = () => {
    due.delete(page);
    if (page.activeElement === null || page.activeElement === page.body) target.focus(options);
  };
  due.set(page, come);
  view?.addEventListener('focus', come, { once: true });
}
