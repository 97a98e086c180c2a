/** Parameters of addresses that lead nowhere else: they only tell who sent the reader. */
export const trackers: readonly string[] = [
  'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'utm_id', 'fbclid', 'gclid', 'dclid', 'msclkid',
  'igshid', 'mc_cid', 'mc_eid', 'yclid', 'twclid', 'ttclid', 'NaPm', 'n_media', 'n_query', 'n_rank', 'n_ad_group', 'n_ad', 'n_keyword_id', 'n_keyword', 'n_campaign_type',
]; // prettier-ignore
