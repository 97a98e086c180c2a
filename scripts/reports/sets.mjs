// The held-out sets by name. `.ko` and `.en` tell the language; news is of a kind that no training text has.
export const textSets = ['docs.ko', 'reviews.ko', 'news.ko', 'docs.en', 'wiki.en', 'news.en'];
export const answerSets = ['sft.ko', 'sft.en'];
/** What the two columns of a table pool: passages of the kinds that training has. */
export const korean = ['docs.ko', 'reviews.ko'];
export const english = ['docs.en', 'wiki.en'];
