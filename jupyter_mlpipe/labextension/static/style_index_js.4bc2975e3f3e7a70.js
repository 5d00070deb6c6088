"use strict";(self.rspackChunk_jupyter_mlpipe_labextension=self.rspackChunk_jupyter_mlpipe_labextension||[]).push([["style_index_js"],{"./node_modules/css-loader/dist/cjs.js!./style/base.css"(e,t,s){var r=s("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),a=s.n(r),n=s("./node_modules/css-loader/dist/runtime/api.js"),o=s.n(n),i=s("./node_modules/css-loader/dist/cjs.js!./style/marks.css"),l=o()(a());l.i(i.A),l.push([e.id,"/* Classes are named `jp-Mlpipe…`; colours are the theme's variables alone. Each part has a file of its own. */\n",""]),s.d(t,{},{A:l})},"./node_modules/css-loader/dist/cjs.js!./style/marks.css"(e,t,s){var r=s("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),a=s.n(r),n=s("./node_modules/css-loader/dist/runtime/api.js"),o=(s.n(n))()(a());o.push([e.id,`/* One colour a state, wherever a stage or a run stands: whatever carries \`data-mlpipe-state\` may use it. */

[data-mlpipe-state] {
  --jp-mlpipe-state-color: var(--jp-ui-font-color2);
}

[data-mlpipe-state="never"],
[data-mlpipe-state="skipped"],
[data-mlpipe-state="cancelled"] {
  --jp-mlpipe-state-color: var(--jp-ui-font-color3);
}

[data-mlpipe-state="cached"],
[data-mlpipe-state="restored"],
[data-mlpipe-state="done"],
[data-mlpipe-state="hit"] {
  --jp-mlpipe-state-color: var(--jp-success-color1);
}

[data-mlpipe-state="stale"],
[data-mlpipe-state="interrupted"] {
  --jp-mlpipe-state-color: var(--jp-warn-color1);
}

[data-mlpipe-state="running"] {
  --jp-mlpipe-state-color: var(--jp-brand-color1);
}

[data-mlpipe-state="failed"],
[data-mlpipe-state="refused"] {
  --jp-mlpipe-state-color: var(--jp-error-color1);
}

.jp-MlpipeMark {
  display: inline-flex;
  flex: none;
  color: var(--jp-mlpipe-state-color);
}

.jp-MlpipeMark svg {
  display: block;
}

.jp-MlpipeMark[data-mlpipe-state="running"] svg {
  animation: jp-MlpipeMark-turn 1.2s linear infinite;
}

@keyframes jp-MlpipeMark-turn {
  to {
    transform: rotate(1turn);
  }
}

@media (prefers-reduced-motion: reduce) {
  .jp-MlpipeMark[data-mlpipe-state="running"] svg {
    animation: none;
  }
}
`,""]),s.d(t,{},{A:o})},"./node_modules/css-loader/dist/runtime/api.js"(e){e.exports=function(e){var t=[];return t.toString=function(){return this.map(function(t){var s="",r=void 0!==t[5];return t[4]&&(s+="@supports (".concat(t[4],") {")),t[2]&&(s+="@media ".concat(t[2]," {")),r&&(s+="@layer".concat(t[5].length>0?" ".concat(t[5]):""," {")),s+=e(t),r&&(s+="}"),t[2]&&(s+="}"),t[4]&&(s+="}"),s}).join("")},t.i=function(e,s,r,a,n){"string"==typeof e&&(e=[[null,e,void 0]]);var o={};if(r)for(var i=0;i<this.length;i++){var l=this[i][0];null!=l&&(o[l]=!0)}for(var d=0;d<e.length;d++){var p=[].concat(e[d]);r&&o[p[0]]||(void 0!==n&&(void 0===p[5]||(p[1]="@layer".concat(p[5].length>0?" ".concat(p[5]):""," {").concat(p[1],"}")),p[5]=n),s&&(p[2]&&(p[1]="@media ".concat(p[2]," {").concat(p[1],"}")),p[2]=s),a&&(p[4]?(p[1]="@supports (".concat(p[4],") {").concat(p[1],"}"),p[4]=a):p[4]="".concat(a)),t.push(p))}},t}},"./node_modules/css-loader/dist/runtime/noSourceMaps.js"(e){e.exports=function(e){return e[1]}},"./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"(e){var t=[];function s(e){for(var s=-1,r=0;r<t.length;r++)if(t[r].identifier===e){s=r;break}return s}function r(e,r){for(var a={},n=[],o=0;o<e.length;o++){var i=e[o],l=r.base?i[0]+r.base:i[0],d=a[l]||0,p="".concat(l," ").concat(d);a[l]=d+1;var c=s(p),u={css:i[1],media:i[2],sourceMap:i[3],supports:i[4],layer:i[5]};if(-1!==c)t[c].references++,t[c].updater(u);else{var m=function(e,t){var s=t.domAPI(t);return s.update(e),function(t){t?(t.css!==e.css||t.media!==e.media||t.sourceMap!==e.sourceMap||t.supports!==e.supports||t.layer!==e.layer)&&s.update(e=t):s.remove()}}(u,r);r.byIndex=o,t.splice(o,0,{identifier:p,updater:m,references:1})}n.push(p)}return n}e.exports=function(e,a){var n=r(e=e||[],a=a||{});return function(e){e=e||[];for(var o=0;o<n.length;o++){var i=s(n[o]);t[i].references--}for(var l=r(e,a),d=0;d<n.length;d++){var p=s(n[d]);0===t[p].references&&(t[p].updater(),t.splice(p,1))}n=l}}},"./node_modules/style-loader/dist/runtime/insertBySelector.js"(e){var t={};e.exports=function(e,s){var r=function(e){if(void 0===t[e]){var s=document.querySelector(e);if(window.HTMLIFrameElement&&s instanceof window.HTMLIFrameElement)try{s=s.contentDocument.head}catch(e){s=null}t[e]=s}return t[e]}(e);if(!r)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");r.appendChild(s)}},"./node_modules/style-loader/dist/runtime/insertStyleElement.js"(e){e.exports=function(e){var t=document.createElement("style");return e.setAttributes(t,e.attributes),e.insert(t,e.options),t}},"./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"(e,t,s){e.exports=function(e){var t=s.nc;t&&e.setAttribute("nonce",t)}},"./node_modules/style-loader/dist/runtime/styleDomAPI.js"(e){e.exports=function(e){if("u"<typeof document)return{update:function(){},remove:function(){}};var t=e.insertStyleElement(e);return{update:function(s){var r,a,n;r="",s.supports&&(r+="@supports (".concat(s.supports,") {")),s.media&&(r+="@media ".concat(s.media," {")),(a=void 0!==s.layer)&&(r+="@layer".concat(s.layer.length>0?" ".concat(s.layer):""," {")),r+=s.css,a&&(r+="}"),s.media&&(r+="}"),s.supports&&(r+="}"),(n=s.sourceMap)&&"u">typeof btoa&&(r+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(n))))," */")),e.styleTagTransform(r,t,e.options)},remove:function(){var e;null===(e=t).parentNode||e.parentNode.removeChild(e)}}}},"./node_modules/style-loader/dist/runtime/styleTagTransform.js"(e){e.exports=function(e,t){if(t.styleSheet)t.styleSheet.cssText=e;else{for(;t.firstChild;)t.removeChild(t.firstChild);t.appendChild(document.createTextNode(e))}}},"./style/index.js"(e,t,s){var r=s("./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"),a=s.n(r),n=s("./node_modules/style-loader/dist/runtime/styleDomAPI.js"),o=s.n(n),i=s("./node_modules/style-loader/dist/runtime/insertBySelector.js"),l=s.n(i),d=s("./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"),p=s.n(d),c=s("./node_modules/style-loader/dist/runtime/insertStyleElement.js"),u=s.n(c),m=s("./node_modules/style-loader/dist/runtime/styleTagTransform.js"),f=s.n(m),y=s("./node_modules/css-loader/dist/cjs.js!./style/base.css"),v={};v.styleTagTransform=f(),v.setAttributes=p(),v.insert=l().bind(null,"head"),v.domAPI=o(),v.insertStyleElement=u(),a()(y.A,v),y.A&&y.A.locals&&y.A.locals}}]);