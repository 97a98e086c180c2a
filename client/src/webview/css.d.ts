/** Style sheets are taken up by the bundler, into a file of the page's name. */
declare module '*.css';
