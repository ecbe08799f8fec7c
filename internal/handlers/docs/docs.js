'use strict';

// The contract is next to this page under whatever prefix an ingress shows it.
window.ui = SwaggerUIBundle({
  url: '../openapi.yaml',
  dom_id: '#ui',
  layout: 'BaseLayout',
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
});
