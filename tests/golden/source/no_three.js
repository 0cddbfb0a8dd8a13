import * as THREE from "three";

const model = new THREE.Mesh();
const scene = new THREE.Scene();
scene.add(model);
export const agent = model;
