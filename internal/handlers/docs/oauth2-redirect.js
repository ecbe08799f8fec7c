'use strict';

// The issuer sends people here after a login. The docs page that began it takes the response by its state; it may have no reference to
// this window any more, because pages of the issuer can cut it.
const response = Object.fromEntries(new URLSearchParams(location.search));
history.replaceState(null, '', location.pathname);
new BroadcastChannel('rocket-gateway-login').postMessage(response);
window.close();
