'use strict';

const login = JSON.parse(document.body.dataset.login); // null: there is none

// withLogin returns the contract with the login as another way to a token.
function withLogin(contract) {
  const scopes = Object.fromEntries(login.scopes.map((scope) => [scope, '']));
  contract.components.securitySchemes = {
    login: {
      type: 'oauth2',
      description: `Log in at ${login.issuer}, in a new window.`,
      flows: {
        authorizationCode: { authorizationUrl: login.authorization_endpoint, tokenUrl: login.token_endpoint, scopes },
      },
    },
    ...contract.components.securitySchemes,
  };
  contract.security.push({ login: login.scopes });
  return contract;
}

// bare returns a pasted token without the name of its scheme, which Swagger UI adds itself.
function bare(given) {
  const value = typeof given?.value === 'string' ? given.value.trim().replace(/^bearer\s+/i, '') : undefined;
  return value === undefined ? given : { ...given, value };
}

// withRandomState replaces Swagger UI's state of a login, which is the time and so may be that of another tab.
function withRandomState(url, request) {
  request.state = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const address = new URL(url);
  address.searchParams.set('state', request.state);
  return address.href;
}

// finishLogin takes the response to a login from its window.
function finishLogin({ data }) {
  const request = window.swaggerUIRedirectOauth2;
  if (!request || data.state !== request.state) return; // that of another tab
  delete window.swaggerUIRedirectOauth2;
  if (data.code) {
    request.auth.code = data.code;
    request.callback({ auth: request.auth, redirectUrl: request.redirectUrl });
    return;
  }
  const message = `The issuer refused the login: ${data.error || 'no code'}. ${data.error_description || ''}`;
  request.errCb({ authId: request.auth.name, source: 'auth', level: 'error', message });
}

const ours = ({ React }) => ({
  // The name of a call is not a link: it is inside the button that unfolds it.
  components: { DeepLink: ({ text }) => React.createElement('span', null, text) },
  statePlugins: {
    spec: {
      wrapActions: {
        updateJsonSpec: (original) => (contract) => original(login && contract.security ? withLogin(contract) : contract),
      },
    },
    auth: {
      wrapActions: {
        authorize: (original) => (all) => original(Object.fromEntries(Object.entries(all).map(([name, given]) => [name, bare(given)]))),
        authPopup: (original) => (url, request) => original(withRandomState(url, request), request),
      },
    },
  },
});

// The contract is next to this page under whatever prefix an ingress shows it.
window.ui = SwaggerUIBundle({
  url: '../openapi.yaml',
  dom_id: '#ui',
  layout: 'BaseLayout',
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [ours],
  validatorUrl: null,
  syntaxHighlight: { theme: 'tomorrow-night' },
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
  oauth2RedirectUrl: new URL('oauth2-redirect.html', location.href).href,
  requestInterceptor: (request) => {
    delete request.headers['X-Requested-With']; // a token endpoint would need to allow it
    return request;
  },
});

// hasName reports whether people know what a control is; the label of the servers is empty.
const hasName = (control) => control.id !== 'servers' && (control.labels.length || (control.matches('button') && control.innerText.trim()));

const nameOf = (control) => control.closest('[data-param-name]')?.dataset.paramName
  || (control.closest('.copy-to-clipboard') && 'Copy') || (control.matches('.close-modal') && 'Close') || control.id || 'choice';

// In Swagger UI, many controls have no names, the names of the buttons of Authorize are not their texts, headings have no order, and the
// keyboard cannot scroll.
new MutationObserver(() => {
  for (const control of document.querySelectorAll('.swagger-ui :is(select, input, button):not([aria-label])')) {
    if (!hasName(control)) control.setAttribute('aria-label', nameOf(control));
  }
  for (const button of document.querySelectorAll('.auth-btn-wrapper [aria-label]')) button.removeAttribute('aria-label');
  for (const heading of document.querySelectorAll('.swagger-ui :is(h3, h4, h5)')) heading.ariaLevel = heading.tagName[1] - 1; // its h2 is hidden
  for (const heading of document.querySelectorAll('.auth-container :is(h2, h6)')) heading.ariaLevel = '4'; // below its h4
  for (const text of document.querySelectorAll('pre:not([tabindex])')) text.tabIndex = 0;
}).observe(document.querySelector('#ui'), { childList: true, subtree: true });

if (login) {
  window.ui.initOAuth({ clientId: login.client_id, scopes: login.scopes, usePkceWithAuthorizationCodeGrant: true });
  new BroadcastChannel('rocket-gateway-login').onmessage = finishLogin;
}
